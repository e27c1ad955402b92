raise FileNotFoundError("data.csv is not here")
